// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	_ "embed"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/websocket"
)

//go:embed chat.html
var page string

// chat is the page and the room behind it.
func chat() web.Resource {
	hub := websocket.NewHub(websocket.HubConfig{Replay: 50})
	var root web.Tree
	root.PutChild("", web.Get(func(r *web.Request) { r.WriteString(page) }))
	root.PutChild("ws", websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
		return &guest{hub: hub, name: clean(r.Arg("name"), 30)}, nil
	}, websocket.Config{Options: websocket.Options{MaxMessage: 4096}}))
	return &root
}

// A guest is one browser.
type guest struct {
	websocket.Base
	hub  *websocket.Hub
	name string
}

// A line is what browsers get.
type line struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func (g *guest) Open(c *websocket.Conn) {
	if g.name == "" {
		c.Close(websocket.PolicyViolation, "a name is needed")
		return
	}
	if err := g.hub.Join(c); err != nil {
		c.Close(websocket.TryAgainLater, "the room is full")
		return
	}
	g.say("has come")
}

func (g *guest) Message(_ *websocket.Conn, _ websocket.Kind, p []byte) {
	if text := clean(string(p), 1000); text != "" {
		g.say(text)
	}
}

func (g *guest) Close(*websocket.Conn, *websocket.CloseError) {
	if g.name != "" {
		g.say("has gone")
	}
}

func (g *guest) say(text string) {
	b, _ := json.Marshal(line{g.name, text}) // strings can always be encoded
	g.hub.Send(websocket.Text, b)
}

// clean returns s without blanks around it, and at most n characters of it.
func clean(s string, n int) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, ""))
	for utf8.RuneCountInString(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
