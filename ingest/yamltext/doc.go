// Package yamltext holds that what a YAML file states as text is taken as it is written.
// Without quotes a code such as 0136 is a number to YAML, and an octal one: 94. The
// package finds such values, with their lines, before anybody acts on them. It knows
// the shape of what is read, and nothing of what it means.
package yamltext
