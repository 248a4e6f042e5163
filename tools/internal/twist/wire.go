// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/wire"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

// A small service is one of package wire, over streams and datagrams.
type small struct {
	stream protocol.Factory
	answer wire.Answer
}

// smalls are the services by name. quote is what qotd sends.
func smalls(quote func() string) map[string]small {
	return map[string]small{
		"chargen": {wire.Chargen(), wire.ChargenAnswer},
		"daytime": {wire.Daytime(), wire.DaytimeAnswer},
		"discard": {wire.Discard(), wire.DiscardAnswer},
		"echo":    {wire.Echo(), wire.EchoAnswer},
		"qotd":    {wire.QOTD(quote), wire.QuoteAnswer(quote)},
		"time":    {wire.Time(), wire.TimeAnswer},
	}
}

var wirePlugin = app.Plugin{
	Name:  "wire",
	Short: "Serve one of the small services of old, for tests",
	Long: `Wire serves

  chargen   characters without end (RFC 864)
  daytime   the time as text (RFC 867)
  discard   nothing: it throws away what comes (RFC 863)
  echo      what comes in (RFC 862)
  qotd      a quote of the day (RFC 865)
  time      the seconds since 1900, in four bytes (RFC 868)

With --udp it answers datagrams too: those of this machine, unless --udp-allow names networks. Answers to forged senders hurt others, so name few. When it stops, connections are cut off.`,
	Example: `twist wire daytime --listen tcp:1313
twist wire discard --listen limit:conns=100:idle=60s:tcp:9009
twist wire qotd --quote "Simple is better than complex." --listen tcp:1717
twist wire time --listen tcp:3737 --udp 127.0.0.1:3737`,
	New: func(o *usage.Options) app.Maker {
		w := wireOptions{listen: []string{"tcp:7007"}}
		o.Interspersed = true
		arg := o.Argument(&w.name, "SERVICE", "which one")
		arg.Choices = slices.Sorted(maps.Keys(smalls(nil)))
		declareListen(o, &w.listen)
		o.String(&w.quote, "quote", "", "what qotd sends, of 511 bytes at most").Metavar = "TEXT"
		o.String(&w.udp, "udp", "", "answer datagrams at an address, as 127.0.0.1:7007").Metavar = "ADDRESS"
		o.Func(func(text string) error {
			p, err := netip.ParsePrefix(text)
			w.allowed = append(w.allowed, p)
			return err
		}, "udp-allow", "", "answer datagrams of this network, as 10.0.0.0/8").Metavar = "NETWORK"
		return w.make
	},
}

// wireOptions are the options of "twist wire".
type wireOptions struct {
	name, quote, udp string
	listen           []string
	allowed          []netip.Prefix
}

func (w *wireOptions) make(env *app.Env) (service.Service, error) {
	var quote func() string
	if w.quote != "" {
		if w.name != "qotd" {
			return nil, usage.Errorf("--quote", "is for qotd")
		}
		quote = func() string { return w.quote }
	}
	s := smalls(quote)[w.name]
	m, err := newServers(env, w.name, w.listen, newConnections(env, s.stream, false))
	if err != nil || w.udp == "" {
		return m, err
	}
	datagrams := &wire.Datagrams{Answer: s.answer, Allowed: w.allowed}
	return m, m.Add(w.name+"-udp", service.NewListenService(env.Reactor, func() (*reactor.DatagramPort, error) {
		port, err := env.Reactor.ListenUDP(w.udp, datagrams, reactor.PacketOptions{})
		if err != nil {
			return nil, &app.ExitError{Err: fmt.Errorf("--udp: %w", err)}
		}
		env.Log.Info("service: listening", "service", w.name+"-udp", "addr", port.LocalAddr().String())
		return port, nil
	}))
}
