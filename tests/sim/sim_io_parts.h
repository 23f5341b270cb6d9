/* SPDX-License-Identifier: GPL-2.0-only */
/* sim_io_parts.h: what the two halves of struct io over sim_fs.h share; for nobody else. */
#ifndef SIM_IO_PARTS_H
#define SIM_IO_PARTS_H

#include "sim_io.h"

struct sim_io *sim_io_of(struct io *io);

/* The step begins: it may fail, the process may end, the world may go on meanwhile.  0, 1, -errno. */
int sim_io_enter(struct sim_io *s, enum sim_op op, struct fs_node *dir, const char *name,
    const struct fs_node *to_dir, const char *to);
int sim_io_find(struct sim_io *s, int dir, const char *name, struct fs_node **ret_dir,
    const char **ret_last, struct fs_node **ret);
/* Both: what has that name when the step is taken.  OP_CREATE is OP_OPEN when it is there. */
int sim_io_reach(struct sim_io *s, enum sim_op op, int dir, const char *name,
    struct fs_node **ret_dir, const char **ret_last, struct fs_node **ret);
void sim_io_fill(const struct fs_node *n, struct io_stat *ret);

/* sim_io_name.c */
int sim_stat(struct io *io, int dir, const char *name, struct io_stat *ret);
int
sim_rename(struct io *io, int dir_from, const char *from, int dir_to, const char *to, bool replace);
int sim_link(struct io *io, int dir_from, const char *from, int dir_to, const char *to);
int sim_unlink(struct io *io, int dir, const char *name, bool is_dir);
int sim_mkdir(struct io *io, int dir, const char *name);
int sim_list(struct io *io, int dir, struct strvec *ret);
enum probe sim_probe(struct io *io, int dir, const char *name, int *ret_errno);

#endif
