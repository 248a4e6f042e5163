// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"log/slog"
	"unicode/utf8"

	"github.com/torsion-go/torsion/logger"
)

// A ReadConfig says how a file is read. The zero ReadConfig finds out the separator.
type ReadConfig struct {
	Separator string         // before each record; "": found out by the first octet, RecordSeparator or none
	NDJSON    bool           // no separator: one object a line
	MaxRecord int            // octets; longer records are skipped and logged; 0: 1 MiB
	Log       *logger.Logger // told of records that cannot be read; nil: namespace "logger.jsonlog", to logger.Global
}

// A Reader reads the events of a file. Records that cannot be read are logged, and skipped. For one goroutine at a time. Twisted: eventsFromJSONLogFile.
type Reader struct {
	r      io.Reader
	c      ReadConfig
	sep    []byte // nil: not known yet
	framed bool   // sep stands before records; otherwise line breaks end them
	buf    []byte
	off    int   // of what has not been looked at, in buf
	skip   bool  // a record that is too long is being skipped
	err    error // of r, io.EOF too
	lost   uint64
}

// NewReader returns a Reader of r.
func NewReader(r io.Reader, c ReadConfig) *Reader {
	if c.Log == nil {
		c.Log = logger.New("logger.jsonlog", nil)
	}
	if c.MaxRecord <= 0 {
		c.MaxRecord = 1 << 20
	}
	d := &Reader{r: r, c: c}
	switch {
	case c.NDJSON:
		d.sep = []byte{'\n'}
	case c.Separator != "":
		d.sep, d.framed = []byte(c.Separator), true
	}
	return d
}

// Skipped returns how many records could not be read.
func (d *Reader) Skipped() uint64 { return d.lost }

// Events returns an iterator over the events. It ends at the end of the file, or with an error of the underlying reader.
func (d *Reader) Events() iter.Seq2[*logger.Event, error] {
	return func(yield func(*logger.Event, error) bool) {
		for {
			e, err := d.Next()
			if err == io.EOF || !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Next returns the next event, or io.EOF, or an error of the underlying reader.
func (d *Reader) Next() (*logger.Event, error) {
	for {
		record, ok := d.record()
		if ok {
			if e := d.event(record); e != nil {
				return e, nil
			}
			continue
		}
		if d.err != nil {
			if rest := d.rest(); len(rest) > 0 {
				if e := d.event(rest); e != nil {
					return e, nil
				}
			}
			return nil, d.err
		}
		d.fill()
	}
}

// record takes the next whole record from the buffer.
func (d *Reader) record() ([]byte, bool) {
	if len(d.buf) > 0 && d.sep == nil {
		if d.sep = []byte{'\n'}; d.buf[0] == RecordSeparator[0] {
			d.sep, d.framed = []byte(RecordSeparator), true
		}
	}
	if d.sep == nil {
		return nil, false
	}
	for {
		i := bytes.Index(d.buf[d.off:], d.sep)
		if i < 0 {
			if d.limit(); d.off > 0 {
				d.buf, d.off = append(d.buf[:0], d.buf[d.off:]...), 0
			}
			return nil, false
		}
		record := d.buf[d.off : d.off+i]
		d.off += i + len(d.sep)
		switch {
		case d.skip:
			d.skip = false
		case len(record) > d.c.MaxRecord:
			d.tooLong(record)
		case len(record) > 0:
			return record, true
		}
	}
}

// limit drops what is longer than a record may be. A separator's beginning may be at the end.
func (d *Reader) limit() {
	keep := len(d.sep) - 1
	rest := d.buf[d.off:]
	if len(rest) <= d.c.MaxRecord+keep {
		return
	}
	if !d.skip {
		d.tooLong(rest)
		d.skip = true
	}
	d.off = len(d.buf) - keep
}

func (d *Reader) tooLong(record []byte) {
	d.bad("JSON record is longer than {max} octets: {record!r}...", record[:min(len(record), 100)], slog.Int("max", d.c.MaxRecord))
}

// rest takes what stands behind the last separator at the end of the file.
func (d *Reader) rest() []byte {
	rest := d.buf[d.off:]
	d.buf, d.off = nil, 0
	if d.skip {
		return nil
	}
	return rest
}

// ready reports whether what stands behind the last separator is a whole record.
func (d *Reader) ready() bool {
	return d.framed && !d.skip && len(bytes.TrimSpace(d.buf[d.off:])) > 0 && d.buf[len(d.buf)-1] == '\n'
}

func (d *Reader) fill() {
	const size = 64 << 10
	n := len(d.buf)
	d.buf = append(d.buf, make([]byte, size)...)
	for tries := 0; tries < 100; tries++ {
		got, err := d.r.Read(d.buf[n:])
		if got > 0 || err != nil {
			d.buf, d.err = d.buf[:n+max(got, 0)], err
			return
		}
	}
	d.buf, d.err = d.buf[:n], io.ErrNoProgress
}

// event makes an event of a record, or logs why not.
func (d *Reader) event(record []byte) *logger.Event {
	switch {
	case d.framed && record[len(record)-1] != '\n':
		d.bad("Unable to read truncated JSON record: {record!r}", record)
		return nil
	case !utf8.Valid(record):
		d.bad("Unable to decode UTF-8 for JSON record: {record!r}", record)
		return nil
	case !d.framed && len(bytes.TrimSpace(record)) == 0: // \r\n
		return nil
	}
	e, err := Parse(record)
	if err != nil {
		d.bad("Unable to read JSON record: {record!r}", record, slog.Any("error", errors.Unwrap(err)))
		return nil
	}
	return e
}

func (d *Reader) bad(format string, record []byte, fields ...slog.Attr) {
	d.lost++
	d.c.Log.Error(format, append(fields, slog.Any("record", bytes.Clone(record)))...)
}
