// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/portforward"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

var portforwardPlugin = app.Plugin{
	Name:  "portforward",
	Short: "Carry connections to another server",
	Long: `Portforward makes a connection to another server for each one that it accepts, and carries bytes between the two. A side that reads slowly holds up the other, and the end of one direction is passed on. A client whose
server cannot be reached is cut off.

The log has a line for each connection when it ends, with its bytes and time. SIGINT and SIGTERM stop it: it stops listening, lets connections go on for as long as --grace allows, and cuts off the rest.

--port, --host and --dest-port are twistd's names: --port 8080 is --listen tcp:8080, and the other two make --to tcp:HOST:DEST-PORT.`,
	Example: `twist portforward --listen tcp:8080 --to tcp:10.0.0.7:80
twist portforward --listen tcp:5432:loops=auto --to unix:/run/postgresql/.s.PGSQL.5432 --max-connections 100 --loops auto
twist portforward --listen haproxy:tcp:9000 --to tcp:127.0.0.1:9001 --proxy-header v2
twist portforward --port 8080 --host 10.0.0.7 --dest-port 80`,
	New: func(o *usage.Options) app.Maker {
		f := forwardOptions{host: "localhost", destPort: 6665, proxy: "none", connectTimeout: protocol.ConnectTimeout}
		f.declare(o)
		return f.make
	},
}

// forwardOptions are the options of "twist portforward".
type forwardOptions struct {
	listen         []string
	to             string
	port, host     string
	destPort       int
	connectTimeout time.Duration
	proxy          string
	noAccessLog    bool
	limits         policy.Limits
}

func (f *forwardOptions) declare(o *usage.Options) {
	declareListen(o, &f.listen).Default = "tcp:6666"
	to := o.String(&f.to, "to", "t", `endpoint of the server to forward to (see "twist help endpoints")`)
	to.Metavar = "ENDPOINT"
	o.Duration(&f.connectTimeout, "connect-timeout", "", "how long connecting to the server may take")
	o.Enum(&f.proxy, []string{"none", "v1", "v2"}, "proxy-header", "", "tell the server who the client is, by this version of the PROXY protocol")
	o.Flag(&f.noAccessLog, "no-access-log", "", "log no line for each connection")
	limit := func(p *int, name, doc string) { o.Int(p, name, "", doc).Default = "" }
	limit(&f.limits.MaxConnections, "max-connections", "how many connections there may be at a time")
	limit(&f.limits.MaxPerPeer, "max-per-peer", "how many a single client may have, by its address")
	limit(&f.limits.AcceptRate, "accept-rate", "how many may be begun in a second")
	o.Duration(&f.limits.Idle, "idle", "", "end connections on which nothing was said for that long").Default = ""
	o.Duration(&f.limits.Lifetime, "lifetime", "", "end connections that are that old").Default = ""
	o.Size(&f.limits.Read.Connection, "read-rate", "", "bytes a second that are read from a client").Default = ""
	o.Size(&f.limits.Write.Connection, "write-rate", "", "bytes a second that are written to a client").Default = ""
	port := o.String(&f.port, "port", "p", "the same as --listen tcp:PORT; an endpoint will do as well")
	port.Metavar = "PORT"
	host := o.String(&f.host, "host", "", "the server's host, if there is no --to")
	host.Complete = usage.Hosts
	dest := o.Port(&f.destPort, "dest-port", "d", "the server's port, if there is no --to")
	o.Check(func() error {
		switch {
		case to.Given() && (host.Given() || dest.Given()):
			return usage.Errorf("--to", "takes the place of --host and --dest-port: leave either away")
		case !to.Given() && !host.Given() && !dest.Given():
			return usage.Errorf("--to", "where shall connections go to? --to tcp:10.0.0.7:80, say")
		case !to.Given():
			f.to = "tcp:" + endpoint.Quote(f.host) + ":" + strconv.Itoa(f.destPort)
		}
		if port.Given() {
			if _, err := strconv.ParseUint(f.port, 10, 16); err == nil {
				f.port = "tcp:" + f.port
			}
			f.listen = append(f.listen, f.port)
		}
		if len(f.listen) == 0 {
			f.listen = []string{"tcp:6666"}
		}
		return nil
	})
}

func (f *forwardOptions) make(env *app.Env) (service.Service, error) {
	g := endpoints()
	if _, err := g.ClientFromString(env.Reactor, f.to); err != nil { // now, not when the first client comes
		return nil, &app.ExitError{Err: fmt.Errorf("--to: %w", err), Hint: `see "twist help endpoints"`}
	}
	version, _ := strconv.Atoi(strings.TrimPrefix(f.proxy, "v")) // 0 for none
	forwarder, err := portforward.New(portforward.Config{
		Dial: portforward.ToString(g, f.to), ConnectTimeout: f.connectTimeout, ProxyHeader: version, Limits: f.limits, AccessLog: !f.noAccessLog, Logger: env.Log,
	})
	if err != nil {
		return nil, usage.Errorf("", "%w", err)
	}
	return newServers(env, "portforward", f.listen, newConnections(env, forwarder, true))
}
