package export

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

const (
	// blockSize is how much of a file is written at once: much, since the system
	// keeps large writes in large pages.
	blockSize = 1 << 20
	// waiting is how many blocks may wait for a file's writer.
	waiting = 3
	// syncEvery is after how many bytes a file is brought to disk while the rest
	// of it is being made, so that its end does not have to wait for all of it.
	syncEvery = 64 << 20
)

// block is some of the bytes of one or more files. Nobody changes it while any
// of them has not been written.
type block struct {
	bytes []byte
	users atomic.Int32
}

var blocks = sync.Pool{New: func() any { return &block{bytes: make([]byte, 0, blockSize+blockSize/4)} }}

func newBlock() *block {
	b := blocks.Get().(*block)
	b.bytes = b.bytes[:0]
	return b
}

func (b *block) release() {
	if b.users.Add(-1) == 0 && cap(b.bytes) <= 2*blockSize {
		blocks.Put(b)
	}
}

// send gives a block to the writers of files.
func (b *block) send(to ...*output) {
	b.users.Store(int32(len(to)))
	for _, o := range to {
		o.blocks <- b
	}
}

// output is a file on its way to disk. A goroutine of its own compresses, hashes
// and writes it; what it writes depends on the bytes alone, not on how they
// were cut in blocks.
type output struct {
	file   File
	blocks chan *block
	ended  bool        // blocks is closed
	failed atomic.Bool // nothing more is written: it could not be, or nobody wants it
	done   chan struct{}
	// When done is closed:
	err  error
	size int64
	sum  string
}

// create begins a file.
func create(dir string, f File, compress bool) (*output, error) {
	file, err := os.Create(filepath.Join(dir, f.Name))
	if err != nil {
		return nil, err
	}
	o := &output{file: f, blocks: make(chan *block, waiting), done: make(chan struct{})}
	go o.run(file, compress)
	return o, nil
}

func (o *output) run(file *os.File, compress bool) {
	defer close(o.done)
	sink := &counter{file: file, hash: sha256.New()}
	var to io.Writer = sink
	var zip *gzip.Writer
	if compress {
		// Without name and time in its header, gzip depends on its input only.
		zip = gzip.NewWriter(sink)
		to = zip
	}
	for b := range o.blocks {
		if !o.failed.Load() {
			if _, o.err = to.Write(b.bytes); o.err != nil {
				o.failed.Store(true)
			}
		}
		b.release()
	}
	if zip != nil && !o.failed.Load() {
		o.err = zip.Close()
	}
	if o.err == nil && !o.failed.Load() {
		// On disk before it gets its name: a name must never lead to half a file.
		o.err = file.Sync()
	}
	o.err = errors.Join(o.err, file.Close())
	o.size, o.sum = sink.size, hex.EncodeToString(sink.hash.Sum(nil))
}

// end says that the file has all that goes into it, but for its footer.
func (o *output) end(enc encoder, stats Stats) {
	o.file.Quads, o.file.Entities = stats.Quads, stats.Entities
	sendText(enc.footer, o)
	o.ended = true
	close(o.blocks)
}

// wait is the file when it is on disk.
func (o *output) wait() (File, error) {
	if !o.ended {
		o.ended = true
		close(o.blocks)
	}
	<-o.done
	o.file.Size, o.file.SHA256 = o.size, o.sum
	return o.file, o.err
}

// counter writes a file and knows its size and digest.
type counter struct {
	file         *os.File
	hash         hash.Hash
	size, synced int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.file.Write(b)
	c.size += int64(n)
	c.hash.Write(b[:n])
	if err == nil && c.size-c.synced >= syncEvery {
		c.synced = c.size
		err = c.file.Sync()
	}
	return n, err
}
