/*
 * The floor of libfuse's low-level API: a root directory with files f0, f1, ... of one size, reads that find whatever the buffer
 * holds, writes that go nowhere. Nothing may be cached by the kernel (timeouts 0), so every stat(2) is a request.
 *
 *   null_ll MOUNTPOINT -f [-o io_uring,io_uring_q_depth=8]
 *
 * bench/null is ByteFUSE's counterpart: keep FILES and FILE_SIZE as they are there.
 */
#define FUSE_USE_VERSION 318
#include <errno.h>
#include <fuse_lowlevel.h>
#include <fuse_opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 1000, FIRST_FILE = FUSE_ROOT_ID + 1, LARGEST_READ = 1 << 20 };
static const off_t FILE_SIZE = 512 << 20;

static char zeros[LARGEST_READ];

static void null_init(void *data, struct fuse_conn_info *connection)
{
	(void)data;
	connection->max_write = LARGEST_READ;
	connection->no_interrupt = 1;
}

static struct stat attributes(fuse_ino_t inode)
{
	struct stat status = { .st_ino = inode, .st_nlink = 1 };

	if (inode == FUSE_ROOT_ID) {
		status.st_mode = S_IFDIR | 0755;
	} else {
		status.st_mode = S_IFREG | 0644;
		status.st_size = FILE_SIZE;
	}
	return status;
}

static void null_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = { 0 };
	char *end;
	unsigned long number;

	if (parent != FUSE_ROOT_ID || name[0] != 'f') {
		fuse_reply_err(request, ENOENT);
		return;
	}
	number = strtoul(name + 1, &end, 10);
	if (end == name + 1 || *end != '\0' || number >= FILES) {
		fuse_reply_err(request, ENOENT);
		return;
	}
	entry.ino = FIRST_FILE + number;
	entry.attr = attributes(entry.ino);
	fuse_reply_entry(request, &entry);
}

static void null_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	struct stat status = attributes(inode);

	(void)file;
	fuse_reply_attr(request, &status, 0);
}

static void null_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	(void)inode;
	file->parallel_direct_writes = 1;
	file->noflush = 1;
	fuse_reply_open(request, file);
}

static void null_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *file)
{
	struct fuse_bufvec data = FUSE_BUFVEC_INIT(size);
	char *payload;
	size_t payload_size;

	(void)inode;
	(void)offset;
	(void)file;
	/* Over io_uring the answer is made where the kernel will look for it: no copy, as at the other side. */
	if (fuse_req_get_payload(request, &payload, &payload_size, NULL) == 0) {
		data.buf[0].mem = payload;
		fuse_reply_data(request, &data, 0);
		return;
	}
	fuse_reply_buf(request, zeros, size < sizeof zeros ? size : sizeof zeros);
}

static void null_write(fuse_req_t request, fuse_ino_t inode, const char *data, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)inode;
	(void)data;
	(void)offset;
	(void)file;
	fuse_reply_write(request, size);
}

static void null_release(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file)
{
	(void)inode;
	(void)file;
	fuse_reply_err(request, 0);
}

static const struct fuse_lowlevel_ops operations = {
	.init = null_init,
	.lookup = null_lookup,
	.getattr = null_getattr,
	.open = null_open,
	.read = null_read,
	.write = null_write,
	.release = null_release,
};

int main(int count, char *arguments[])
{
	struct fuse_args args = FUSE_ARGS_INIT(count, arguments);
	struct fuse_cmdline_opts options;
	struct fuse_loop_config *loop;
	struct fuse_session *session;
	int result = 1;

	if (fuse_parse_cmdline(&args, &options) != 0)
		return 2;
	/* The kernel checks permissions, as it does for ByteFUSE and for passthrough_hp. */
	if (options.mountpoint == NULL || fuse_opt_add_arg(&args, "-odefault_permissions") != 0) {
		fprintf(stderr, "usage: null_ll MOUNTPOINT [-f] [-o OPTIONS]\n");
		return 2;
	}
	session = fuse_session_new(&args, &operations, sizeof operations, NULL);
	if (session == NULL)
		return 1;
	if (fuse_set_signal_handlers(session) == 0 && fuse_session_mount(session, options.mountpoint) == 0) {
		fuse_daemonize(options.foreground);
		loop = fuse_loop_cfg_create();
		result = fuse_session_loop_mt(session, loop) == 0 ? 0 : 1;
		fuse_loop_cfg_destroy(loop);
		fuse_session_unmount(session);
	}
	fuse_session_destroy(session);
	free(options.mountpoint);
	fuse_opt_free_args(&args);
	return result;
}
