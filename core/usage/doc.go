// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package usage reads command lines: options, sub-commands with options of their own, positional arguments, and the help that tells of them.
//
// # Typical use
//
//	o := usage.Options{Name: "fetch", Short: "Fetch pages", Version: "fetch 1.0", EnvPrefix: "FETCH"}
//	retries, timeout, quiet := 3, 10*time.Second, false
//	o.Int(&retries, "retries", "r", "how often to try again")
//	o.Duration(&timeout, "timeout", "t", "how long one attempt may take")
//	o.Flag(&quiet, "quiet", "q", "say nothing")
//	var urls []string
//	o.Rest(&urls, "URL", "what to fetch", 1)
//	if err := o.Parse(os.Args[1:]); err != nil {
//		if help, ok := errors.AsType[*usage.HelpError](err); ok {
//			fmt.Print(help.Text)
//			os.Exit(0)
//		}
//		fmt.Fprintln(os.Stderr, "fetch:", err)
//		os.Exit(64)
//	}
//
// The value that a variable has when it is declared is the default.
//
// # The command line
//
// An option has a long name, and perhaps a short one of one letter. These are the same:
//
//	--log-level=debug    --log_level=debug    --log-level debug    --log-l debug    -L debug    -Ldebug
//
// In long names - and _ are the same, and the beginning of a name will do if no other option begins so. Short options without a value may stand together: -qv.
// A flag takes no value, but --quiet=no says the opposite. Options end at --, and at the first argument that is no option, unless Options.Interspersed is
// set; a single - is no option. That argument is the sub-command if there are any, whose own options follow it.
//
// # Sources
//
// An option gets its value from the first of these that has one: the command line; the environment, if there is an EnvPrefix; the configuration file that an
// option declared by ConfigFile names; the default. What a source says of a repeated option replaces what the ones below it say.
// [ParseConfig] tells the form of the file.
//
// # Nouns
//
// Options are what a command takes; an [Option] is one of them, with a [Value] unless it is a flag; an [Argument] is positional; a [Command] is a sub-command. All are there to be
// looked at, by Each, Arguments and Commands, for programs that make completion or manuals. An [Error] is the user's mistake, a [HelpError] a text that he asked for.
//
// # Concurrency
//
// Options are for one goroutine at a time.
//
// # Not supported
//
// Twisted's declarations as class attributes, options that are keys of a dictionary, and the generation of zsh completion: package usage declares, the commands in
// module tools generate for four shells.
//
// Twisted: twisted.python.usage.
package usage
