// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package serialport

import (
	"fmt"
	"log/slog"
)

// Defaults of Config.
const (
	DefaultBaud     = 9600
	DefaultDataBits = 8
	DefaultStopBits = 1
)

// A Parity tells which bit goes with each character to check it.
type Parity byte

// The kinds of parity.
const (
	NoParity Parity = iota
	EvenParity
	OddParity
)

// String returns "none", "even" or "odd".
func (p Parity) String() string {
	switch p {
	case NoParity:
		return "none"
	case EvenParity:
		return "even"
	case OddParity:
		return "odd"
	}
	return fmt.Sprintf("Parity(%d)", byte(p))
}

// A Config is the setting of a line. The zero Config is 9600 8N1 without flow control.
type Config struct {
	Baud     int // bits a second; 0 means DefaultBaud
	DataBits int // 5 to 8; 0 means DefaultDataBits
	Parity   Parity
	StopBits int  // 1 or 2; 0 means DefaultStopBits
	XONXOFF  bool // flow control by characters in the data
	RTSCTS   bool // flow control by modem lines
	// MaxBuffered bounds what waits to be sent, in bytes. 0 means protocol.DefaultMaxBuffered.
	MaxBuffered int
	// Logger receives panics of the protocol. nil means slog.Default().
	Logger *slog.Logger
}

func (c Config) prepared() (Config, error) {
	if c.Baud == 0 {
		c.Baud = DefaultBaud
	}
	if c.DataBits == 0 {
		c.DataBits = DefaultDataBits
	}
	if c.StopBits == 0 {
		c.StopBits = DefaultStopBits
	}
	switch {
	case c.Baud < 0 || c.Baud > 100_000_000:
		return c, fmt.Errorf("%d baud", c.Baud)
	case c.DataBits < 5 || c.DataBits > 8:
		return c, fmt.Errorf("%d data bits: not 5 to 8", c.DataBits)
	case c.StopBits != 1 && c.StopBits != 2:
		return c, fmt.Errorf("%d stop bits: neither 1 nor 2", c.StopBits)
	case c.Parity > OddParity:
		return c, fmt.Errorf("unknown parity %d", c.Parity)
	}
	return c, nil
}

// ModemLines are the inputs of a line.
type ModemLines struct {
	CTS, DSR, RI, CD bool // clear to send, data set ready, ring, carrier detect
}
