// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/protocols/wire"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

var echoPlugin = app.Plugin{
	Name:    "echo",
	Short:   "Send back what comes in (RFC 862)",
	Long:    "Echo sends every byte back. It reads no faster than the client takes the answer. When it stops, its connections are cut off.",
	Example: "twist echo --listen tcp:7007\ntwist echo --listen tcp:7007:loops=auto --loops auto",
	New: func(o *usage.Options) app.Maker {
		listen := []string{"tcp:7007"}
		declareListen(o, &listen)
		return func(env *app.Env) (service.Service, error) {
			return newServers(env, "echo", listen, newConnections(env, wire.Echo(), false))
		}
	},
}
