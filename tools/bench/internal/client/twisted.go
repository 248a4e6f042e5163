// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package client

import (
	_ "embed" // the script
	"os/exec"
	"strconv"

	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

//go:embed twisted_client.py
var twistedScript string

var twisted = Engine{
	Name:  "twisted",
	About: "Twisted's Agent with a pool, over epoll on python3; readBody",
	Works: []Work{HTTP, HTTPS},
	Why: func() string {
		if _, err := server.TwistedPython(); err != nil {
			return err.Error()
		}
		return ""
	},
	command: func(s Spec) (*exec.Cmd, error) {
		python, err := server.TwistedPython()
		if err != nil {
			return nil, err
		}
		return exec.Command(python, "-c", twistedScript, s.URL(), strconv.Itoa(s.Conns)), nil
	},
}
