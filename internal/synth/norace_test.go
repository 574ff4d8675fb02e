//go:build !race

package synth

// slower is how much fewer rows a test looks at under the race detector.
const slower = 1

// Slower is slower for the tests outside the package.
const Slower = slower
