// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine bounds what LogReader takes for a line, in octets: a longer one comes in pieces.
const maxLine = 64 << 10

// A LogReader reads a log file. It is for one goroutine at a time. Twisted: LogReader.
type LogReader struct {
	file *os.File
	r    *bufio.Reader
}

// OpenReader opens the file at path for reading.
func OpenReader(path string) (*LogReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("logfile: %w", err)
	}
	return &LogReader{file: f, r: bufio.NewReaderSize(f, maxLine)}, nil
}

// ReadLines returns the next lines, at most n of them, with their ends; 0 means 10. At the end of the file there are none, and no error: more may come. A last line without an
// end is returned as it is. Lines of more than 64 KiB come in pieces. Twisted: readLines.
func (r *LogReader) ReadLines(n int) ([]string, error) {
	if n == 0 {
		n = 10
	}
	var lines []string
	for len(lines) < n {
		line, err := r.r.ReadSlice('\n')
		if len(line) > 0 {
			lines = append(lines, string(line))
		}
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return lines, fmt.Errorf("logfile: %w", err)
		}
	}
	return lines, nil
}

// Close closes the file.
func (r *LogReader) Close() error { return r.file.Close() }
