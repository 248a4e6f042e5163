// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Application is an echo server with everything that a program needs around it: options, logs, signals, a background, a user to run as.
//
//	application echo --listen tcp:7007
//	application --daemon --pidfile echo.pid --log-file echo.log echo
package main

import (
	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

var plugin = app.Plugin{
	Name:  "echo",
	Short: "Send back what comes in",
	New: func(o *usage.Options) app.Maker {
		listen := "tcp:7007"
		o.String(&listen, "listen", "l", "endpoint to listen on")
		return func(env *app.Env) (service.Service, error) {
			return service.Listen(env.Reactor, listen, protocol.ForProtocol(func() echo { return echo{} }))
		}
	},
}

func main() { app.Main(plugin) }
