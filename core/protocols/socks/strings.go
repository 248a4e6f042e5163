// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
)

// Register adds the types socks5:, socks4: and socks4a: to the client descriptions that g knows; see the package.
func Register(g *endpoint.Registry) error {
	for prefix, v := range map[string]Version{"socks5": SOCKS5, "socks4": SOCKS4, "socks4a": SOCKS4A} {
		err := g.RegisterClient(prefix, func(r endpoint.Reactor, a *endpoint.Args) (endpoint.Client, error) { return parseClient(g, r, a, v) })
		if err != nil {
			return err
		}
	}
	return nil
}

func parseClient(g *endpoint.Registry, r endpoint.Reactor, a *endpoint.Args, v Version) (endpoint.Client, error) {
	nested := a.Has("endpoint")
	if nested {
		a.Order("host", "port")
	} else {
		a.Order("proxyHost", "proxyPort", "host", "port")
		a.Require("proxyHost", "proxyPort")
	}
	a.Require("host", "port")
	way := &endpoint.Hostname{Reactor: r, Host: a.Text("proxyHost", ""), Port: a.Int("proxyPort", 0)}
	c := &Client{Inner: way, Loop: r, Version: v, Host: a.Text("host", ""), Port: a.Int("port", 0), Username: a.Text("user", "")}
	description := a.Text("endpoint", "")
	file := ""
	if v == SOCKS5 {
		file = a.Text("passwordFile", "")
	}
	c.Timeout = time.Duration(seconds(a)) * time.Second
	switch where := a.Text("resolve", "proxy"); where {
	case "proxy":
	case "local":
		c.ResolveLocally = true
	default:
		a.Fail("resolve", fmt.Sprintf("neither proxy nor local: %q", where), nil)
	}
	if g.Resolvers != nil {
		c.Resolver = g.Resolvers.Name()
		way.Resolver = c.Resolver
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	if _, err := asciiHost(c.Host); err != nil {
		a.Fail("host", "", err)
	}
	if nested {
		inner, err := g.ClientFromString(r, description)
		if err != nil {
			a.Fail("endpoint", "", err)
		}
		c.Inner = inner
	}
	if file != "" {
		var err error
		if c.Password, err = password(file); err != nil {
			a.Fail("passwordFile", "", err)
		}
	}
	if err := c.check(); err != nil {
		a.Fail("", "", err)
	}
	return c, a.Err()
}

func seconds(a *endpoint.Args) int {
	n := a.Int("timeout", int(endpoint.TunnelTimeout/time.Second))
	if n < 1 || n > 1<<30 {
		a.Fail("timeout", fmt.Sprintf("not between 1 and %d seconds: %d", 1<<30, n), nil)
	}
	return n
}

// password reads the first line of a file.
func password(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1<<12))
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", errors.New("no password on the first line")
	}
	return line, nil
}
