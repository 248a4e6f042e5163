// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"cmp"
	"fmt"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
)

// describe tells what a description was parsed to, in few words.
func describe(e any) string {
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	switch e := e.(type) {
	case *endpoint.TCPServer:
		s := fmt.Sprintf("TCP %d backlog %d interface %q", e.Port, e.Backlog, e.Interface)
		if e.Loops > 0 {
			s += fmt.Sprintf(" loops %d", e.Loops)
		}
		if e.Accept != reactor.AcceptDeal {
			s += " accept " + e.Accept.String()
		}
		if e.ReusePort {
			s += " reuseport"
		}
		if e.AcceptRate != 0 {
			s += fmt.Sprintf(" acceptrate %d", e.AcceptRate)
		}
		return s
	case *endpoint.UNIXServer:
		return fmt.Sprintf("UNIX %q mode %04o backlog %d lock %v", e.Path, uint32(e.Mode), e.Backlog, e.LockFile)
	case *endpoint.TLSServer:
		s := "TLS over [" + describe(e.Inner) + "]"
		if e.Reloader != nil {
			s += fmt.Sprintf(" reload %d", seconds(e.ReloadInterval))
		}
		return s
	case *endpoint.HAProxyServer:
		s := "PROXY over [" + describe(e.Inner) + "]"
		if e.Trusted != nil {
			s += fmt.Sprintf(" trust %v pass %v", e.Trusted, e.PassUntrusted)
		}
		return s
	case *endpoint.StandardIO:
		return "stdio"
	case *endpoint.AdoptedServer:
		return fmt.Sprintf("adopt %d %s", e.FD, cmp.Or(e.Network, "any"))
	case *endpoint.MemoryServer:
		return fmt.Sprintf("memory %q", e.Name)
	case *endpoint.MemoryClient:
		return fmt.Sprintf("memory %q", e.Name)
	case *endpoint.TCPClient:
		return fmt.Sprintf("TCP %q %d timeout %d bind %s", e.Host, e.Port, seconds(e.Timeout), cmp.Or(e.BindAddress, "none"))
	case *endpoint.UNIXClient:
		return fmt.Sprintf("UNIX %q timeout %d lock %v", e.Path, seconds(e.Timeout), e.CheckLock)
	case *endpoint.Hostname:
		return fmt.Sprintf("host %q %d timeout %d bind %s delay %v", e.Host, e.Port, seconds(e.Timeout), cmp.Or(e.BindAddress, "none"), e.AttemptDelay)
	case *endpoint.TLSClient:
		s := "TLS over [" + describe(e.Inner) + "]"
		if e.WaitHandshake {
			s += " wait"
		}
		return s
	}
	return fmt.Sprintf("%T", e)
}
