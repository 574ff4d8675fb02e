// Package synth writes a delivery of any size for benchmarks: a CSV file of
// organisations, persons and employments as a municipal system might export
// them. Birth years are 1800–1899, so that no number can belong to anyone alive.
package synth
