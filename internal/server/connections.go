package server

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// DefaultConnections is how many connections a server holds at once.
const DefaultConnections = 10_000

// connections bounds how many there are. When one too many comes, the one that
// has waited longest without a request under way makes room, so that whoever
// opens connections and sends nothing takes nobody's place; when all are at work,
// the new one is closed.
type connections struct {
	most int

	mu   sync.Mutex
	all  map[net.Conn]*list.Element // nil while at work
	idle list.List                  // of net.Conn, the longest first
}

func newConnections(most int) *connections {
	return &connections{most: most, all: map[net.Conn]*list.Element{}}
}

// state is http.Server's ConnState.
func (c *connections) state(conn net.Conn, state http.ConnState) {
	var leave net.Conn
	c.mu.Lock()
	switch state {
	case http.StateNew:
		if len(c.all) >= c.most {
			leave = conn
			if first := c.idle.Front(); first != nil {
				leave = first.Value.(net.Conn)
				c.remove(leave)
			}
		}
		c.all[conn] = c.idle.PushBack(conn)
	case http.StateIdle:
		if at, known := c.all[conn]; known && at == nil {
			c.all[conn] = c.idle.PushBack(conn)
		}
	case http.StateActive:
		if at := c.all[conn]; at != nil {
			c.idle.Remove(at)
			c.all[conn] = nil
		}
	case http.StateHijacked, http.StateClosed:
		c.remove(conn)
	}
	c.mu.Unlock()
	if leave != nil {
		_ = leave.Close()
	}
}

func (c *connections) remove(conn net.Conn) {
	if at := c.all[conn]; at != nil {
		c.idle.Remove(at)
	}
	delete(c.all, conn)
}

// open is how many there are.
func (c *connections) open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all)
}
