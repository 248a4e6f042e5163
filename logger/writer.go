// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/torsion-go/torsion/logger/internal/text"
)

// A Writer makes an event of each line that is written to it, the line as the field "log_io": for programs and libraries that write their messages. A line that has not ended yet is
// kept, up to 64 KiB. Safe from any goroutine. Twisted: LoggingFile.
type Writer struct {
	log   *Logger
	level Level

	mu     sync.Mutex
	rest   []byte // guarded by mu: of a line
	closed bool   // guarded by mu
}

// NewWriter returns a Writer that logs to l at a level.
func NewWriter(l *Logger, level Level) *Writer { return &Writer{log: l, level: level} }

// Write logs the lines that end in p. After Close it returns an error that is os.ErrClosed.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return 0, fmt.Errorf("logger: writing to a Writer: %w", os.ErrClosed)
	}
	lines := w.split(p)
	w.mu.Unlock()
	w.emit(lines) // an observer may write here
	return len(p), nil
}

// WriteString is Write.
func (w *Writer) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w *Writer) split(p []byte) (lines []string) {
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		room := text.Max - len(w.rest)
		switch {
		case i >= 0 && i <= room:
			lines = append(lines, string(append(w.rest, p[:i]...)))
			w.rest, p = w.rest[:0], p[i+1:]
		case i < 0 && len(p) <= room:
			w.rest, p = append(w.rest, p...), nil
		default:
			lines = append(lines, string(append(w.rest, p[:room]...)))
			w.rest, p = w.rest[:0], p[room:]
		}
	}
	return lines
}

func (w *Writer) emit(lines []string) {
	for _, line := range lines {
		w.log.Log(context.Background(), w.level, "{log_io}", slog.String("log_io", line))
	}
}

// Close logs a line that has not ended. It may be called again.
func (w *Writer) Close() error {
	w.mu.Lock()
	var lines []string
	if len(w.rest) > 0 {
		lines = append(lines, string(w.rest))
	}
	w.rest, w.closed = nil, true
	w.mu.Unlock()
	w.emit(lines)
	return nil
}
