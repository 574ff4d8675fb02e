// Package subject is what the registry holds about one person, for the person to
// be shown: what each source has said, what became of it, who has seen it. It owns
// the form of that and how it is written, as JSON-LD and as a page in Swedish. It
// reads no store and decides nothing of who may ask: internal/registry finds what
// is held, internal/access says what of it may be shown.
package subject
