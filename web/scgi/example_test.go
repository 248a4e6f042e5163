// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scgi_test

import (
	"fmt"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/scgi"
)

// An application below /app.
func ExampleNew() {
	app, err := scgi.New("unix:/run/app.sock", scgi.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var root web.Tree
	root.PutChild("app", app)
	fmt.Println(root.Names())
	// Output: [app]
}
