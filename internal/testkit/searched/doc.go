// Command searched runs tests and searches all that they print for personal numbers, of those
// that pass too:
//
//	go run ./internal/testkit/searched go test ./...
//	go run ./internal/testkit/searched -files FILE...
//
// It shows what go test shows, and ends as it ends, or with 1 when something printed,
// or in a file, holds a personal number. What a test keeps, logs and stores is searched
// by the test itself (testkit.Folder, testkit.Log, testkit.Postgres).
package main
