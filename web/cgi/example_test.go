// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi_test

import (
	"fmt"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/cgi"
)

// A directory of programs, in which PHP and Perl files are run by their interpreters.
func ExampleDirectory() {
	var root web.Tree
	root.PutChild("cgi-bin", cgi.Directory("/srv/cgi-bin", cgi.Config{
		Interpreters: map[string][]string{".php": {"php-cgi"}, ".pl": {"perl", "-T"}},
		MaxProcesses: 16,
	}))
	fmt.Println(root.Names())
	// Output: [cgi-bin]
}
