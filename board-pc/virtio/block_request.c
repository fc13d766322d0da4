#include "board-pc/virtio/block_request.h"

#include "vmm/bytes.h"

#include <linux/falloc.h>

static void answer(struct block_request *request, enum block_status status)
{
	request->action = BLOCK_ANSWER;
	request->status = status;
}

/* Sets offset and bytes, when all those sectors are there, and some are. */
static bool locate(const struct block_extent *disk, uint64_t sector,
		   uint64_t count, struct block_request *request)
{
	if (!count || sector > disk->sectors || count > disk->sectors - sector)
		return false;
	request->offset = sector * SECTOR_SIZE;
	request->bytes = count * SECTOR_SIZE;
	return true;
}

static bool transfer(const struct block_extent *disk, uint64_t sector,
		     uint64_t bytes, struct block_request *request)
{
	return bytes % SECTOR_SIZE == 0 && bytes <= BLOCK_TRANSFER_MAX &&
	       locate(disk, sector, bytes / SECTOR_SIZE, request);
}

/* All that is writable but the status. */
static bool read(const struct virtq_chain *chain,
		 const struct block_extent *disk, uint64_t sector,
		 struct block_request *request)
{
	if (!transfer(disk, sector, chain->writable_bytes - 1, request))
		return false;
	request->action = BLOCK_READ;
	request->span_count =
	    virtq_cut(chain->spans + chain->readable, chain->writable, 0,
		      request->bytes, request->spans);
	return true;
}

/* All that is readable behind the header. */
static bool write(const struct virtq_chain *chain,
		  const struct block_extent *disk, uint64_t sector,
		  struct block_request *request)
{
	uint64_t bytes = chain->readable_bytes - BLOCK_HEADER_SIZE;

	if (disk->read_only || !transfer(disk, sector, bytes, request))
		return false;
	request->action = BLOCK_WRITE;
	request->span_count =
	    virtq_cut(chain->spans, chain->readable, BLOCK_HEADER_SIZE,
		      request->bytes, request->spans);
	return true;
}

/*
 * Discard and write zeroes, a segment each: the configuration says so.
 * 5.2.6.2: flags that are not known, and unmap in a discard, are not supported.
 */
static bool allocate(const struct virtq_chain *chain,
		     const struct block_extent *disk, bool discard,
		     struct block_request *request)
{
	uint8_t segment[BLOCK_SEGMENT_SIZE];
	uint32_t sectors, flags;

	if (disk->read_only ||
	    chain->readable_bytes != BLOCK_HEADER_SIZE + sizeof(segment))
		return false;
	virtq_read(chain, BLOCK_HEADER_SIZE, segment, sizeof(segment));
	sectors = get_le32(segment + 8);
	flags = get_le32(segment + 12);
	if (flags & ~(discard ? 0 : BLOCK_UNMAP)) {
		answer(request, BLOCK_S_UNSUPP);
		return true;
	}
	if (sectors > BLOCK_DISCARD_MAX ||
	    !locate(disk, get_le64(segment), sectors, request))
		return false;
	request->action = BLOCK_ALLOCATE;
	request->mode = FALLOC_FL_KEEP_SIZE;
	request->mode |= discard || flags & BLOCK_UNMAP ? FALLOC_FL_PUNCH_HOLE
							: FALLOC_FL_ZERO_RANGE;
	return true;
}

static bool tell_id(const struct virtq_chain *chain,
		    struct block_request *request)
{
	request->action = BLOCK_TELL_ID;
	return chain->writable_bytes > BLOCK_ID_SIZE;
}

/* False: an I/O error. */
static bool read_type(const struct virtq_chain *chain,
		      const struct block_extent *disk, const uint8_t *header,
		      struct block_request *request)
{
	uint32_t type = get_le32(header);
	uint64_t sector = get_le64(header + 8);

	switch (type) {
	case BLOCK_T_IN:
		return read(chain, disk, sector, request);
	case BLOCK_T_OUT:
		return write(chain, disk, sector, request);
	case BLOCK_T_FLUSH:
		request->action = BLOCK_FLUSH;
		return true;
	case BLOCK_T_GET_ID:
		return tell_id(chain, request);
	case BLOCK_T_DISCARD:
	case BLOCK_T_WRITE_ZEROES:
		return allocate(chain, disk, type == BLOCK_T_DISCARD, request);
	default:
		answer(request, BLOCK_S_UNSUPP);
		return true;
	}
}

bool block_request_parse(const struct virtq_chain *chain,
			 const struct block_extent *disk,
			 struct block_request *request)
{
	uint8_t header[BLOCK_HEADER_SIZE];
	const struct iovec *last;

	if (!chain->writable)
		return false;
	last = &chain->spans[chain->readable + chain->writable - 1];
	request->status = BLOCK_S_OK;
	request->bytes = 0;
	request->span_count = 0;
	request->status_at = (uint8_t *)last->iov_base + last->iov_len - 1;
	if (virtq_read(chain, 0, header, sizeof(header)) < sizeof(header) ||
	    !read_type(chain, disk, header, request))
		answer(request, BLOCK_S_IOERR);
	return true;
}
