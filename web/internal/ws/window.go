// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

// maxWindow is as far as DEFLATE can refer back.
const maxWindow = 1 << 15

// A window is the end of a text, as far as what follows may refer to it. It grows with the text, and not beyond max.
type window struct {
	b   []byte
	max int
}

// add adds the text that comes next.
func (w *window) add(p []byte) {
	if len(p) >= w.max {
		w.fit(w.max)
		w.b = append(w.b[:0], p[len(p)-w.max:]...)
		return
	}
	if over := len(w.b) + len(p) - w.max; over > 0 {
		w.b = w.b[:copy(w.b, w.b[over:])]
	}
	w.fit(len(w.b) + len(p))
	w.b = append(w.b, p...)
}

// fit makes room for n bytes in all.
func (w *window) fit(n int) {
	if n > cap(w.b) {
		w.b = append(make([]byte, 0, min(w.max, max(n, 2*cap(w.b)))), w.b...)
	}
}

// bytes returns the text, which may not be kept.
func (w *window) bytes() []byte {
	if w == nil {
		return nil
	}
	return w.b
}
