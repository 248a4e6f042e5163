// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "dialog.h"

#include <gtk/gtk.h>

static GtkWidget *dialog;

void dialog_run(void) {
	GtkWidget *d = gtk_message_dialog_new(NULL, GTK_DIALOG_MODAL, GTK_MESSAGE_INFO, GTK_BUTTONS_CLOSE, "A dialog");
	dialog = d;
	gtk_dialog_run(GTK_DIALOG(d));
	dialog = NULL;
	gtk_widget_destroy(d);
}

void dialog_end(void) {
	if (dialog != NULL) gtk_dialog_response(GTK_DIALOG(dialog), GTK_RESPONSE_CLOSE);
}
