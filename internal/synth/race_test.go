//go:build race

package synth

// slower is how much fewer rows a test looks at under the race detector.
const slower = 10

// Slower is slower for the tests outside the package.
const Slower = slower
