/*
 * Little- and big-endian access to bytes at any alignment. The host is x86-64;
 * big-endian values occur only in fw_cfg.
 */
#ifndef VMM_BYTES_H
#define VMM_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t get_le16(const void *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint32_t get_le32(const void *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t get_le64(const void *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint32_t get_be32(const void *at)
{
	return __builtin_bswap32(get_le32(at));
}

static inline uint64_t get_be64(const void *at)
{
	return __builtin_bswap64(get_le64(at));
}

static inline void put_le16(void *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void put_le32(void *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void put_le64(void *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void put_be16(void *at, uint16_t value)
{
	put_le16(at, __builtin_bswap16(value));
}

static inline void put_be32(void *at, uint32_t value)
{
	put_le32(at, __builtin_bswap32(value));
}

#endif
