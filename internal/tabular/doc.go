// Package tabular reads tables that nobody has described: CSV files whose
// delimiter, encoding and quoting it recognises by looking. It owns rows and
// where they stand in the file; a row it cannot read is an error with its place
// and what to do. It must never know what columns mean.
package tabular
