// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/websocket"
)

// torsionWebSocket keeps the defaults: silent peers get a Ping, Origins are looked at. Nothing is compressed.
func torsionWebSocket(s Spec) web.Resource {
	var config websocket.Config
	config.Compression.Disabled = true
	if s.Work == WSRoom {
		hub := websocket.NewHub(websocket.HubConfig{})
		return websocket.NewServer(func(*web.Request) (websocket.Handler, error) { return member{hub: hub}, nil }, config)
	}
	var h websocket.Handler = websocket.Func(func(c *websocket.Conn, kind websocket.Kind, p []byte) { c.Send(kind, p) }) // a peer that is gone is told by Close
	return websocket.NewServer(func(*web.Request) (websocket.Handler, error) { return h, nil }, config)
}

// A member is a connection of the room.
type member struct {
	websocket.Base
	hub *websocket.Hub
}

func (m member) Open(c *websocket.Conn) {
	if m.hub.Join(c) != nil {
		c.Abort()
	}
}

func (m member) Message(_ *websocket.Conn, kind websocket.Kind, p []byte) { m.hub.Send(kind, p) } // one that is too long is seen to be missing
