// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package logtest has the log that tests read.
package logtest

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// A Book keeps what is logged as text, a line each, while tests read it. The zero Book is empty. Safe from any goroutine.
type Book struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

// Logger returns a logger that writes to the book, the level of debugging included.
func (b *Book) Logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Write adds to the book.
func (b *Book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns what is in the book.
func (b *Book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Reset empties the book.
func (b *Book) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Reset()
}

// Lines returns the lines that contain text.
func (b *Book) Lines(text string) (lines []string) {
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}
