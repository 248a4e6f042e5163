// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package syslog

import (
	"encoding/binary"
	"runtime"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// journalSocket is where systemd-journald listens.
const journalSocket = "/run/systemd/journal/socket"

// NewJournal returns an Observer that sends events to systemd's journal in its native form, each field of its own. Of the Config it uses Address, Facility, AppName, Level, MaxSize, Queue
// and the times. See systemd's "Native Journal Protocol".
func NewJournal(c Config) (*Observer, error) {
	if c.Address == "" {
		c.Address = journalSocket
	}
	if c.MaxSize <= 0 {
		c.MaxSize = text.Max
	}
	c.Network, c.TLS = "unixgram", nil
	return start(c, (*Config).entry)
}

// entry appends the event as an entry of the journal, of at most max octets.
func (c *Config) entry(b []byte, e *logger.Event, max int) []byte {
	start := len(b)
	add := func(key, value string) {
		if room := max - (len(b) - start) - len(key) - 16; room > 0 {
			b = appendJournal(b, key, text.Clip(value, room))
		}
	}
	add("PRIORITY", strconv.Itoa(severity(e.Level)))
	add("SYSLOG_FACILITY", strconv.Itoa(int(*c.Facility)))
	add("SYSLOG_IDENTIFIER", c.AppName)
	add("MESSAGE", text.Clip(e.Text(), max/2))
	if e.PC != 0 {
		f, _ := runtime.CallersFrames([]uintptr{e.PC}).Next()
		add("CODE_FILE", f.File)
		add("CODE_LINE", strconv.Itoa(f.Line))
		add("CODE_FUNC", f.Function)
	}
	for _, p := range pairs(e, "_", max) {
		add(journalName(p.key), p.value)
	}
	return b
}

// journalName returns the key as the journal takes it: capitals, digits and underlines, a capital first, at most 64.
func journalName(key string) string {
	key = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, text.Clip(key, 60))
	if key == "" || key[0] < 'A' || key[0] > 'Z' {
		key = "F" + key
	}
	switch key {
	case "MESSAGE", "PRIORITY", "CODE_FILE", "CODE_LINE", "CODE_FUNC", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER":
		key = "F_" + key // not to pass for ours
	}
	return key
}

// appendJournal appends a field: with its length in front if it has ends of lines.
func appendJournal(b []byte, key, value string) []byte {
	b = append(b, key...)
	if strings.IndexByte(value, '\n') < 0 {
		return append(append(append(b, '='), value...), '\n')
	}
	b = binary.LittleEndian.AppendUint64(append(b, '\n'), uint64(len(value)))
	return append(append(b, value...), '\n')
}
