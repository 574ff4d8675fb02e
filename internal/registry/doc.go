// Package registry is Kärna's use-cases: the only place that changes state. It
// joins the formats (ingest), resolution (resolve) and the store (graph), holds
// the keys, and keeps the laws between them: what a delivery may do, which
// cluster a record is in, which golden records must follow. It knows nothing of
// transport, and reads for callers go through internal/access instead.
package registry
