// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// Defaults of Config.
const (
	DefaultFile         = "/etc/inetd.conf"
	DefaultPorts        = "/etc/services"
	DefaultRate         = 256
	DefaultOff          = 10 * time.Minute
	DefaultMaxChildren  = 512
	DefaultMaxOfService = 128
	DefaultGrace        = process.DefaultGrace
)

// A Config tells how a Server works. The zero value is ready to use. Immutable after start.
type Config struct {
	// File is the configuration; see Parse. "" means DefaultFile.
	File string
	// Ports is the file of services, see ParsePorts. "" means DefaultPorts, which may be missing.
	Ports string
	// Rate is how often a service may start in a minute, for entries that do not tell. A service that wants more is taken for one that loops, and is switched off.
	// 0 means DefaultRate.
	Rate int
	// Off is for how long it is switched off: its socket is closed. 0 means DefaultOff.
	Off time.Duration
	// DisableInternal leaves the internal services out, with a line in the log for each. Twisted: --nointernal.
	DisableInternal bool
	// MaxChildren is how many children and internal connections there may be in all. Until one ends the others wait in the sockets. 0 means DefaultMaxChildren.
	MaxChildren int
	// MaxOfService is how many of one service, for entries that do not tell. 0 means DefaultMaxOfService.
	MaxOfService int
	// Grace is how long children have after SIGTERM when the Server stops. 0 means DefaultGrace.
	Grace time.Duration
	// Env is the environment of the children. nil means a PATH of the usual folders only.
	Env []string
	// Clock measures rates and pauses, for tests. It has to be moved on the reactor's loop. nil means the reactor's own.
	Clock protocol.Clock
	// Logger receives what starts, fails and is switched off. nil means slog.Default().
	Logger *slog.Logger
}

// A Reactor is what a Server needs of a reactor. *reactor.Reactor is one, and so is each *reactor.Loop.
type Reactor interface {
	process.Reactor
	AdoptStreamConnection(fd int, f protocol.Factory) (*reactor.Connector, error)
	AdoptDatagramPort(fd int, p protocol.DatagramProtocol, opt reactor.PacketOptions) (*reactor.DatagramPort, error)
}

var (
	_ Reactor = (*reactor.Reactor)(nil)
	_ Reactor = (*reactor.Loop)(nil)
)

func (c Config) prepared(r Reactor) Config {
	set := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set(&c.Rate, DefaultRate)
	set(&c.MaxChildren, DefaultMaxChildren)
	set(&c.MaxOfService, DefaultMaxOfService)
	if c.File == "" {
		c.File = DefaultFile
	}
	if c.Off <= 0 {
		c.Off = DefaultOff
	}
	if c.Grace <= 0 {
		c.Grace = DefaultGrace
	}
	if c.Env == nil {
		c.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	}
	if c.Clock == nil {
		c.Clock = r
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}
