// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage_test

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/usage"
)

func Example() {
	o := usage.Options{Name: "fetch", Short: "Fetch pages", Example: "fetch --retries 5 https://example.org/"}
	retries, timeout, quiet := 3, 10*time.Second, false
	o.Int(&retries, "retries", "r", "how often to try again")
	o.Duration(&timeout, "timeout", "t", "how long one attempt may take")
	o.Flag(&quiet, "quiet", "q", "say nothing")
	var urls []string
	o.Rest(&urls, "URL", "what to fetch", 1)

	if err := o.Parse([]string{"-q", "--time=1m30s", "https://example.org/"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(retries, timeout, quiet, urls)
	fmt.Println(o.Parse([]string{"--retires=5"}))
	// Output:
	// 3 1m30s true [https://example.org/]
	// there is no option --retires: did you mean --retries?
}

func ExampleOptions_Help() {
	os.Setenv("COLUMNS", "60")
	defer os.Unsetenv("COLUMNS")
	o := usage.Options{Name: "greet", Short: "Say hello"}
	name := "world"
	o.String(&name, "name", "n", "whom to greet")
	err := o.Parse([]string{"--help"})
	if help, ok := errors.AsType[*usage.HelpError](err); ok {
		fmt.Print(help.Text)
	}
	// Output:
	// Usage: greet [options]
	//
	// Say hello.
	//
	// Options:
	//   -n, --name=TEXT  whom to greet [default: world]
	//   -h, --help       show this help and exit
}
