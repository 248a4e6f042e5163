// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"io"
	"sync"

	"github.com/torsion-go/torsion/web"
)

// smallSize is the size of bodies that are read on the loop and written at once: the bound on what one request can take of a pass.
const smallSize = 65536

var buffers = sync.Pool{New: func() any { b := make([]byte, smallSize); return &b }}

// write writes the pieces, which are length bytes together, finishes the response and closes c.
func (c *content) write(r *web.Request, pieces []piece, length int64, threads bool) {
	if length <= smallSize && !threads {
		c.small(r, pieces)
		return
	}
	r.NotDoneYet()
	c.next(r, pieces)
}

// small reads and writes all pieces.
func (c *content) small(r *web.Request, pieces []piece) {
	defer c.closer.Close()
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	b := (*buf)[:0]
	for _, p := range pieces {
		b = append(b, p.text...)
		k := len(b)
		b = b[:k+int(p.length)]
		if n, _ := c.at.ReadAt(b[k:], p.start); n < int(p.length) { // it has become shorter, or cannot be read
			r.Error(500, "")
			return
		}
	}
	r.Write(b)
}

// next sends the first of the pieces, and then the others.
func (c *content) next(r *web.Request, pieces []piece) {
	if len(pieces) == 0 {
		c.closer.Close()
		r.Finish()
		return
	}
	p := pieces[0]
	if p.text != "" {
		io.WriteString(r, p.text)
	}
	r.SendFile(c.at, p.start, p.length, func(err error) {
		if err != nil {
			c.closer.Close()
			return
		}
		c.next(r, pieces[1:])
	})
}
