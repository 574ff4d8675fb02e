//go:build race

package main

// raceDetector tells that every step takes many times as long.
const raceDetector = true
