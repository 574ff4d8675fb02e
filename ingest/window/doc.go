// Package window lets a splitter look at a stream through one reusable buffer:
// it reads ahead as far as the item at hand needs, never further than a limit,
// and copies nothing but the unread tail. It owns the buffer and the position in
// the stream; it knows whether bytes are UTF-8, and nothing of what they mean.
package window
