// Package proc reads what processes of this machine have used of CPU and memory,
// as Linux accounts for it. It knows nothing of what they do.
package proc
