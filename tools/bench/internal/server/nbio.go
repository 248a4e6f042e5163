// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"errors"
	"net"
	"sync"

	"github.com/lesismal/llib/std/crypto/tls"
	"github.com/lesismal/nbio"
	nbiotls "github.com/lesismal/nbio/extension/tls"
	"github.com/lesismal/nbio/logging"
)

// nbioEngine keeps nbio's defaults, level-triggered with buffers of 64 KiB. Its HTTP server is left out: with handlers that
// run on the loop, it was seen to reset a connection that the client had asked to be closed, before the answer had arrived.
var nbioEngine = Engine{
	Name:  "nbio",
	About: "nbio v1.6.12, its defaults; TLS by its fork of crypto/tls",
	Works: []Work{TCP, TLS},
	Why:   always,
	start: startNbio,
}

func startNbio(s Spec) (string, error) {
	logging.SetLevel(logging.LevelError) // its log goes to stdout
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	listen := func(string, string) (net.Listener, error) { return l, nil }
	e := nbio.NewEngine(nbio.Config{Network: "tcp", Addrs: []string{addr}, Listen: listen, NPoller: s.Loops})
	if s.Work == TLS {
		if err := nbioTLS(e); err != nil {
			return "", err
		}
	} else {
		e.OnData(func(c *nbio.Conn, p []byte) { c.Write(p) })
	}
	return addr, e.Start()
}

func nbioTLS(e *nbio.Engine) error {
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	key := tls.Certificate{Certificate: cert.Certificate, PrivateKey: cert.PrivateKey}
	config := &tls.Config{Certificates: []tls.Certificate{key}}
	buffers := sync.Pool{New: func() any { b := make([]byte, 16<<10); return &b }}
	e.OnOpen(nbiotls.WrapOpen(config, false, nil))
	e.OnClose(nbiotls.WrapClose(func(_ *nbio.Conn, t *nbiotls.Conn, _ error) { t.Close() }))
	e.OnData(func(c *nbio.Conn, p []byte) {
		t, ok := c.Session().(*nbiotls.Conn)
		if !ok {
			c.CloseWithError(errors.New("no TLS session"))
			return
		}
		t.Append(p)
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		for {
			n, err := t.Read(*buf)
			if err != nil {
				c.CloseWithError(err)
				return
			}
			if n == 0 {
				return
			}
			t.Write((*buf)[:n])
		}
	})
	return nil
}
