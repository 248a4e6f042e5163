// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package syslog

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/torsion-go/torsion/logger/async"
)

// A Facility tells what kind of program speaks. RFC 5424, section 6.2.1.
type Facility int

// The facilities that programs use; the others have their numbers.
const (
	Kern     Facility = 0
	User     Facility = 1
	Mail     Facility = 2
	Daemon   Facility = 3
	Auth     Facility = 4
	News     Facility = 7
	Cron     Facility = 9
	AuthPriv Facility = 10
	FTP      Facility = 11
	Local0   Facility = 16
	Local7   Facility = 23
)

// A Format is a form of messages.
type Format int

// The forms. Auto is RFC3164 on the local socket and RFC5424 elsewhere.
const (
	Auto Format = iota
	RFC5424
	RFC3164
)

// Config configures an Observer. The zero Config is the local daemon.
type Config struct {
	// Network is "unixgram", "unix", "udp" or "tcp". "" means the local socket: /dev/log or where else systems have it.
	Network string
	// Address is a path, or host:port. "" means the local socket, and for NewJournal /run/systemd/journal/socket.
	Address string
	// TLS has a "tcp" connection made by TLS. RFC 5425. Nil means not.
	TLS *tls.Config
	// Format is the form of messages. Zero is Auto.
	Format Format
	// NonTransparent ends each message on a stream by a line feed, instead of a count of octets before it. RFC 6587, section 3.4.2. "unix" always does.
	NonTransparent bool
	// Facility is sent with each message. Nil means User.
	Facility *Facility
	// AppName, Hostname and ProcID are sent with each message. "" means the program's name, the system's host name, and the process's id.
	AppName, Hostname, ProcID string
	// StructuredID names the element of structured data that holds the fields. "" means fields@32473, with the number for documentation of RFC 5612.
	StructuredID string
	// Level is the least level that is sent. Nil means every one.
	Level slog.Leveler
	// MaxSize bounds a message, in octets. Zero means 2048 for UDP, which each receiver should take, 64 KiB for the journal, and 8192 otherwise.
	MaxSize int
	// Queue holds what waits to be sent.
	Queue async.Config
	// MinBackoff and MaxBackoff are the pauses between tries to connect, doubled from one to the other. Zero means 100 ms, and 30 s.
	MinBackoff, MaxBackoff time.Duration
	// Timeout is how long a connection or a Write may take. Zero means 10 s.
	Timeout time.Duration
}

// localSockets are where daemons listen: Linux, macOS, BSD.
var localSockets = []string{"/dev/log", "/var/run/syslog", "/var/run/log"}

func (c Config) withDefaults() (Config, error) {
	switch c.Network {
	case "":
		if c.Address == "" {
			c.Address = localSockets[0]
			for _, p := range localSockets {
				if _, err := os.Stat(p); err == nil {
					c.Address = p
					break
				}
			}
		}
		c.Network = "unixgram"
	case "unixgram", "unix", "udp", "tcp":
		if c.Address == "" {
			return c, fmt.Errorf("syslog: network %q needs an address", c.Network)
		}
	default:
		return c, fmt.Errorf("syslog: there is no network %q: networks are unixgram, unix, udp and tcp", c.Network)
	}
	if c.TLS != nil && c.Network != "tcp" {
		return c, fmt.Errorf("syslog: no TLS over %q: only over tcp", c.Network)
	}
	if c.Facility == nil {
		c.Facility = new(Facility)
		*c.Facility = User
	} else if *c.Facility < 0 || *c.Facility > 23 {
		return c, fmt.Errorf("syslog: there is no facility %d: they are 0 to 23", *c.Facility)
	}
	if c.Format == Auto {
		c.Format = RFC5424
		if c.local() {
			c.Format = RFC3164
		}
	}
	if c.AppName == "" {
		c.AppName = filepath.Base(os.Args[0])
	}
	if c.Hostname == "" {
		c.Hostname, _ = os.Hostname()
	}
	if c.ProcID == "" {
		c.ProcID = strconv.Itoa(os.Getpid())
	}
	if c.StructuredID == "" {
		c.StructuredID = "fields@32473"
	}
	c.AppName, c.Hostname, c.ProcID, c.StructuredID = token(c.AppName, 48), token(c.Hostname, 255), token(c.ProcID, 128), name(c.StructuredID)
	if c.MaxSize <= 0 {
		c.MaxSize = 8192
		if c.Network == "udp" {
			c.MaxSize = 2048
		}
	}
	c.MaxSize = max(c.MaxSize, 480) // what each receiver must take
	if c.MinBackoff <= 0 {
		c.MinBackoff = 100 * time.Millisecond
	}
	if c.MaxBackoff <= 0 {
		c.MaxBackoff = 30 * time.Second
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	return c, nil
}

func (c *Config) local() bool { return c.Network == "unix" || c.Network == "unixgram" }
