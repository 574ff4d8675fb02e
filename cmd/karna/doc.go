// Command karna is Kärna's one binary: it makes a store, ingests deliveries,
// serves and exports golden records. main.go wires; each file is one command.
package main
