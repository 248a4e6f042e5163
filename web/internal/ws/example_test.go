// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"fmt"
	"slices"

	"github.com/torsion-go/torsion/web/internal/ws"
)

func Example() {
	client := ws.NewWriter(ws.Client, nil, nil)
	wire := client.AppendMessage(nil, ws.Text, []byte("hello"))
	wire = client.AppendPing(wire, []byte("?"))
	wire = client.AppendClose(wire, ws.NormalClosure, "bye")

	server := ws.NewReader(ws.Server, nil, nil)
	for {
		ev, n, err := server.Next(wire)
		if err != nil || ev.Kind == ws.NoEvent {
			fmt.Println(err)
			return
		}
		wire = wire[n:]
		fmt.Printf("%v %v %q\n", ev.Kind, ev.Code, ev.Data)
	}
	// Output:
	// message 0 "hello"
	// ping 0 "?"
	// close 1000 (normal closure) "bye"
	// <nil>
}

func ExampleCompression() {
	client, server := &ws.Compression{}, &ws.Compression{SendTakeover: true}
	offer := client.Offer()
	fmt.Println(offer)
	offers, _ := ws.ParseExtensions(slices.Values([]string{offer}))
	params, answer := server.Accept(offers)
	fmt.Println(answer)
	fmt.Printf("%+v\n", *params)
	// Output:
	// permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits
	// permessage-deflate; server_no_context_takeover; client_no_context_takeover
	// {Client:{Takeover:false Bits:15} Server:{Takeover:false Bits:15}}
}
