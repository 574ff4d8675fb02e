//go:build !race

package graphtest

// histories is how many random histories are compared, where rapid is not told
// to make fewer.
const histories = 1 << 30
