// Package config reads karna.yaml, the one file that says which municipality
// this is, where its store lies, which sources deliver and how values survive.
// It is strict: what it does not know is an error with its line. It opens
// nothing but the files that karna.yaml names.
package config
