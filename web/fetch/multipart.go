// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
)

// A Part is one of a form that is sent as multipart/form-data.
type Part struct {
	Name     string      // of the field
	FileName string      // "" for a value that is no file
	Type     string      // its Content-Type; "" means that of the file name's ending, or application/octet-stream, and none for a value
	Body     client.Body // what it holds; it is streamed
}

// A multipart is the body of a form (RFC 7578). What is text, as the heads of parts are, stands between the bodies.
type multipart struct {
	boundary string
	parts    []Part
}

// newMultipart returns the body for values, in the order of their names, and parts.
func newMultipart(values url.Values, parts []Part) (*multipart, error) {
	m := &multipart{boundary: "torsion-" + rand.Text()}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
			m.parts = append(m.parts, Part{Name: name, Body: client.String(v)})
		}
	}
	m.parts = append(m.parts, parts...)
	for _, p := range m.parts {
		switch {
		case p.Body == nil:
			return nil, fmt.Errorf("fetch: part %q has no body", p.Name)
		case strings.ContainsFunc(p.Type, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return nil, fmt.Errorf("fetch: part %q: the type %q has a control character in it", p.Name, p.Type)
		}
	}
	return m, nil
}

// kind returns the Content-Type of the whole.
func (m *multipart) kind() string { return "multipart/form-data; boundary=" + m.boundary }

// quote writes names as browsers do: the HTML standard, "multipart/form-data encoding algorithm".
var quote = strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22")

// head returns what stands before the body of part i, or, with i after the last one, at the end.
func (m *multipart) head(i int) []byte {
	b := []byte("\r\n--" + m.boundary)
	if i == 0 {
		b = b[2:]
	}
	if i == len(m.parts) {
		return append(b, "--\r\n"...)
	}
	p := m.parts[i]
	b = append(b, "\r\nContent-Disposition: form-data; name=\""+quote.Replace(p.Name)+`"`...)
	kind := p.Type
	if p.FileName != "" {
		b = append(b, `; filename="`+quote.Replace(p.FileName)+`"`...)
		kind = cmp.Or(kind, mime.TypeByExtension(filepath.Ext(p.FileName)), "application/octet-stream")
	}
	if kind != "" {
		b = append(b, "\r\nContent-Type: "+kind...)
	}
	return append(b, "\r\n\r\n"...)
}

// Length returns the number of bytes, or -1 if that of a part is not known.
func (m *multipart) Length() int64 {
	n := int64(0)
	for i, p := range m.parts {
		length := p.Body.Length()
		if length < 0 {
			return -1
		}
		n += int64(len(m.head(i))) + length
	}
	return n + int64(len(m.head(len(m.parts))))
}

// Start writes the parts one after the other.
func (m *multipart) Start(c protocol.Consumer) *deferred.Deferred[struct{}] {
	w := &partWriter{m: m, c: c}
	w.d = deferred.NewCancellable(nil, func(*deferred.Deferred[struct{}]) {
		w.over = true
		if w.part != nil {
			w.part.Cancel()
		}
		discard(w.rest())
	})
	w.run()
	return w.d
}

// A partWriter is one sending of a multipart.
type partWriter struct {
	m       *multipart
	c       protocol.Consumer
	d       *deferred.Deferred[struct{}]
	part    *deferred.Deferred[struct{}]
	next    int
	over    bool
	running bool
}

// run goes on with the next part, as long as they end at once.
func (w *partWriter) run() {
	if w.running {
		return // the one further up in the stack goes on
	}
	w.running = true
	defer func() { w.running = false }()
	for !w.over && w.part == nil {
		i := w.next
		if _, err := w.c.Write(w.m.head(i)); err != nil {
			w.end(err)
			return
		}
		if w.over { // the consumer has given up
			return
		}
		w.next++
		if i == len(w.m.parts) {
			w.end(nil)
			return
		}
		w.part = w.m.parts[i].Body.Start(w.c)
		w.part.Done(func(_ struct{}, err error) {
			w.part = nil
			if err != nil {
				w.end(err)
				return
			}
			w.run()
		})
	}
}

// rest returns the parts that were not begun.
func (w *partWriter) rest() []Part { return w.m.parts[min(w.next, len(w.m.parts)):] }

func (w *partWriter) end(err error) {
	switch {
	case w.over:
		return
	case err != nil:
		w.over = true
		discard(w.rest())
		w.d.Errback(err)
	default:
		w.over = true
		w.d.Callback(struct{}{})
	}
}

// Rewind returns the form with all its bodies from the beginning.
func (m *multipart) Rewind() (client.Body, error) {
	again := &multipart{boundary: m.boundary, parts: slices.Clone(m.parts)}
	for i := range again.parts {
		p := &again.parts[i]
		body, ok := p.Body.(client.Rewinder)
		if !ok {
			return nil, errors.New("fetch: part " + p.Name + " cannot be sent again")
		}
		var err error
		if p.Body, err = body.Rewind(); err != nil {
			return nil, err
		}
	}
	return again, nil
}

// body returns m so that it is a client.Rewinder only if all of its parts are.
func (m *multipart) body() client.Body {
	for _, p := range m.parts {
		if _, ok := p.Body.(client.Rewinder); !ok {
			return once{m}
		}
	}
	return m
}

// once is a multipart that cannot be sent again.
type once struct{ m *multipart }

func (o once) Length() int64                                          { return o.m.Length() }
func (o once) Start(c protocol.Consumer) *deferred.Deferred[struct{}] { return o.m.Start(c) }
func (o once) Discard()                                               { o.m.Discard() }

// Discard closes the bodies of the parts, none of which was begun.
func (m *multipart) Discard() { discard(m.parts) }

// discard tells parts that they are not sent.
func discard(parts []Part) {
	for _, p := range parts {
		if d, ok := p.Body.(client.Discarder); ok {
			d.Discard()
		}
	}
}

var (
	_ client.Rewinder  = (*multipart)(nil)
	_ client.Discarder = (*multipart)(nil)
	_ client.Discarder = once{}
)
