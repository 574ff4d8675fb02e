package audit

// Waiting is how many callers wait for the next transaction.
func Waiting(l *Log) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}
