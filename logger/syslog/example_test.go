// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package syslog_test

import (
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/torsion-go/torsion/logger/slogadapter"
	"github.com/torsion-go/torsion/logger/syslog"
)

// A receiver on UDP, here the example itself, gets a line of log/slog.
func ExampleNew() {
	receiver, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer receiver.Close()
	o, err := syslog.New(syslog.Config{Network: "udp", Address: receiver.LocalAddr().String(), AppName: "shop", Hostname: "www", ProcID: "1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	slog.New(slogadapter.New(o, nil)).Warn("disk is full", "free", 0)
	message := make([]byte, 2048)
	n, _, err := receiver.ReadFrom(message)
	if err != nil {
		fmt.Println(err)
		return
	}
	o.Close()
	fields := strings.SplitN(string(message[:n]), " ", 3)
	fmt.Println(fields[0], fields[2])
	// Output: <12>1 www shop 1 - [fields@32473 free="0"] disk is full
}
