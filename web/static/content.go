// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"crypto/rand"
	"io"
	"strconv"

	"github.com/torsion-go/torsion/web"
)

// content is what is sent: a file or data in memory.
type content struct {
	at        io.ReaderAt
	closer    io.Closer
	size      int64
	ctype     string
	version   web.Validator
	maxRanges int // negative means that at cannot be read in parts
}

// A piece of a body is some text and a part of the content behind it.
type piece struct {
	text string
	span
}

// file sends the file that was found.
func (f *Files) file(r *web.Request, result *found) {
	if result.header != nil {
		f.asIs(r, result)
		return
	}
	h := r.ResponseHeader()
	if f.config.Precompressed {
		if _, own := f.typeOf(result.name); own == "" {
			addVary(h, "Accept-Encoding")
		}
	}
	h.Set("Content-Type", result.ctype)
	h.Set("X-Content-Type-Options", "nosniff")
	if result.encoding != "" {
		h.Set("Content-Encoding", result.encoding)
	}
	if result.cache != "" {
		h.Set("Cache-Control", result.cache)
	}
	c := content{size: result.info.Size(), ctype: result.ctype, closer: result.closer(), maxRanges: f.config.MaxRanges}
	c.version = result.version(f.config.WeakETags)
	var random bool
	if c.at, random = result.file.(io.ReaderAt); !random {
		c.at, c.maxRanges = inOrder{result.file}, -1
	}
	c.send(r, f.config.Threads)
}

// addVary adds name to Vary.
func addVary(h *web.Header, name string) {
	if v := h.Get("Vary"); v == "" {
		h.Set("Vary", name)
	} else {
		h.Set("Vary", v+", "+name)
	}
}

// inOrder makes an io.ReaderAt of a file that is read once from its beginning to its end.
type inOrder struct{ r io.Reader }

func (s inOrder) ReadAt(p []byte, _ int64) (int, error) { return io.ReadFull(s.r, p) }

// send answers r, by its conditions and ranges, and closes c. With threads set nothing is read on the loop.
func (c *content) send(r *web.Request, threads bool) {
	if r.Conditional(c.version) {
		c.closer.Close()
		return
	}
	h := r.ResponseHeader()
	pieces := []piece{{span: span{0, c.size}}}
	if c.maxRanges >= 0 {
		h.Set("Accept-Ranges", "bytes")
		if header := r.Header.Get("Range"); header != "" && r.Method == "GET" && r.RangeApplies(c.version) {
			spans, ok := ranges(header, c.size, c.maxRanges)
			if !ok {
				c.closer.Close()
				h.Set("Content-Range", "bytes */"+strconv.FormatInt(c.size, 10))
				r.Error(416, "")
				return
			}
			if len(spans) > 0 {
				r.SetStatus(206)
				pieces = c.partial(h, spans)
			}
		}
	}
	length := int64(0)
	for _, p := range pieces {
		length += int64(len(p.text)) + p.length
	}
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	if r.Method == "HEAD" {
		c.closer.Close()
		return
	}
	c.write(r, pieces, length, threads)
}

// partial returns the body of a 206: one range, or several as multipart/byteranges (RFC 9110 section 14.6).
func (c *content) partial(h *web.Header, spans []span) []piece {
	if len(spans) == 1 {
		h.Set("Content-Range", spans[0].contentRange(c.size))
		return []piece{{span: spans[0]}}
	}
	boundary := rand.Text()
	h.Set("Content-Type", "multipart/byteranges; boundary="+boundary)
	var pieces []piece
	for _, s := range spans {
		pieces = append(pieces, piece{"\r\n--" + boundary + "\r\nContent-Type: " + c.ctype + "\r\nContent-Range: " + s.contentRange(c.size) + "\r\n\r\n", s})
	}
	return append(pieces, piece{text: "\r\n--" + boundary + "--\r\n"})
}
