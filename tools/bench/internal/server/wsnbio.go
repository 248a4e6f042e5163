// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"net"
	"net/http"

	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/nbhttp"
	"github.com/lesismal/nbio/nbhttp/websocket"
)

var nbioWebSocketEngine = Engine{
	Name:  "nbio-ws",
	About: "nbio v1.6.12's websocket over its nbhttp, non-blocking; handlers run on the poller",
	Works: []Work{WS, WSRoom},
	Why:   always,
	start: startNbioWebSocket,
}

func startNbioWebSocket(s Spec) (string, error) {
	logging.SetLevel(logging.LevelError) // its log goes to stdout
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	up := websocket.NewUpgrader()
	if s.Work == WSRoom {
		members := new(room[*websocket.Conn])
		up.OnOpen(members.join)
		up.OnClose(func(c *websocket.Conn, _ error) { members.leave(c) })
		up.OnMessage(func(_ *websocket.Conn, kind websocket.MessageType, p []byte) {
			members.each(func(c *websocket.Conn) { c.WriteMessage(kind, p) }) // one that is gone is told by OnClose
		})
	} else {
		up.OnMessage(func(c *websocket.Conn, kind websocket.MessageType, p []byte) { c.WriteMessage(kind, p) })
	}
	e := nbhttp.NewEngine(nbhttp.Config{
		Network: "tcp", Addrs: []string{addr}, NPoller: s.Loops, NListener: 1, MaxLoad: 1 << 20, ReleaseWebsocketPayload: true,
		Listen:         func(string, string) (net.Listener, error) { return l, nil },
		ServerExecutor: func(f func()) { f() },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			up.Upgrade(w, r, nil) // it has answered
		}),
	})
	return addr, e.Start()
}
