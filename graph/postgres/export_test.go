package postgres

// The suite's loads are small, and go by COPY as large ones do; the registry's
// tests have the rest by statements over arrays.
func init() { fewRows = 64 }
