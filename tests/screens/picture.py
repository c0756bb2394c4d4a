"""Small PNG files: at most 256 colours, so that a hundred pictures of screens don't weigh on the repository."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

DECODE = """async (png) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = canvas.getImageData(0, 0, image.width, image.height).data;
  let text = "";
  for (let i = 0; i < pixels.length; i += 30000) text += String.fromCharCode(...pixels.subarray(i, i + 30000));
  return [image.width, image.height, btoa(text)];
}"""
PALETTE = 256


def pixels_of(page: Page, png: str) -> NDArray[np.uint8]:
    """Rows of red, green, blue; a browser's page decodes the picture (base64)."""
    width, height, rgba = page.evaluate(DECODE, png)
    return np.frombuffer(b64decode(rgba), np.uint8).reshape(height, width, 4)[:, :, :3]


def small_png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG with a palette: the colours that matter most, each other one as the nearest of them.

    Standard: PNG (third edition), colour type 3
    """
    height, width, _ = pixels.shape
    packed = pixels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    colours, index, counts = np.unique(packed, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(counts)[::-1][:PALETTE])
    nearest = _nearest(_channels(colours), _channels(colours[kept]))
    rows = nearest[index].reshape(height, width).astype(np.uint8)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    palette = _channels(colours[kept]).astype(np.uint8).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _channels(colours: NDArray[np.uint32]) -> NDArray[np.int32]:
    return np.stack([colours >> 16, (colours >> 8) & 255, colours & 255], axis=1).astype(np.int32)


def _nearest(colours: NDArray[np.int32], kept: NDArray[np.int32]) -> NDArray[np.int64]:
    distance = ((colours[:, None, :] - kept[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(distance.argmin(axis=1), np.int64)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
