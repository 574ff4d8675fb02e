// Command bench measures what Kärna costs end to end, on generated records and
// with the real program as child processes, on either engine:
//
//	go run ./internal/bench -engine sqlite
//	go run ./internal/bench -engine postgres -dsn postgres://postgres@localhost/postgres
//	go run ./internal/bench -records 5000000 -phases first,disk
//
// It builds karna, writes karna.yaml, mappings and deliveries into a folder of
// its own, runs one phase after the other and prints a Markdown table of what
// each cost beside its goal: wall time, CPU of the program and of the database
// together, peak memory. A yardstick of the same engine is measured in the same
// run, so that every figure also stands as a ratio that survives a change of
// machine. A phase fails when karna did not do what the phase is to measure, so
// that no figure comes from work left undone.
//
// CPU of a child is what the system accounts to it when it ends; of PostgreSQL,
// what all the server's processes used meanwhile, so it must run on this machine
// and serve nobody else. It makes databases of its own and drops them. Linux
// only: it reads /proc.
//
// It owns measuring and the goals. It knows karna by its command line and HTTP;
// only one-row deltas go through internal/registry in a child of its own, since a
// process a row would measure starting processes, and the phase timing asks the
// handler of GraphQL in this process, where nothing hides how long an answer takes.
package main
