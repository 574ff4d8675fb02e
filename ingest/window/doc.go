// Package window lets a splitter look at a stream through one reusable buffer:
// it reads ahead as far as the item at hand needs, never further than a limit,
// and copies nothing but the unread tail. It owns the buffer and the position in
// the stream; it knows nothing of what the bytes mean.
package window
