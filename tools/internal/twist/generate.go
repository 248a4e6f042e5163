// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra/doc"
	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/usage"
)

// completionCommand makes the command of the tree of what a is when it runs.
func completionCommand(a *app.App) app.Command {
	return app.Command{
		Name:  "completion",
		Short: "write a script that completes twist's command lines in a shell",
		Long: `Load it for the shell that runs, or put it where the shell looks:

  source <(twist completion bash)
  twist completion zsh >"${fpath[1]}/_twist"
  twist completion fish >~/.config/fish/completions/twist.fish
  twist completion powershell | Out-String | Invoke-Expression

It asks twist itself for words, so twist has to be on the path.`,
		Example: "source <(twist completion bash)",
		New: func(o *usage.Options) func(context.Context, app.Stdio) error {
			var shell string
			o.Argument(&shell, "SHELL", "bash, zsh, fish or powershell").Choices = []string{"bash", "zsh", "fish", "powershell"}
			return func(_ context.Context, stdio app.Stdio) error {
				root := tree(*a)
				switch shell {
				case "bash":
					return root.GenBashCompletionV2(stdio.Out, true)
				case "zsh":
					return root.GenZshCompletion(stdio.Out)
				case "fish":
					return root.GenFishCompletion(stdio.Out, true)
				default:
					return root.GenPowerShellCompletionWithDesc(stdio.Out)
				}
			}
		},
	}
}

// manCommand makes the command of the tree of what a is when it runs.
func manCommand(a *app.App) app.Command {
	return app.Command{
		Name:    "man",
		Short:   "write manual pages into a folder",
		Example: "twist man /usr/local/share/man/man1",
		New: func(o *usage.Options) func(context.Context, app.Stdio) error {
			var dir string
			o.Argument(&dir, "DIR", "the folder, which is made if it is not there").Complete = usage.Folders
			return func(context.Context, app.Stdio) error {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					return fmt.Errorf("the folder: %w", err)
				}
				own := *a
				own.DisableExternal = true // others' programs have pages of their own
				root := tree(own)
				root.DisableAutoGenTag = true
				return doc.GenManTree(root, &doc.GenManHeader{Title: "TWIST", Section: "1", Source: "Torsion", Manual: "Torsion"}, dir)
			}
		},
	}
}
