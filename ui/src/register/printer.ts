/**
 * Receipt printers that speak ESC/POS, by USB or a serial line, where the browser can (Chromium). The bytes are the API's.
 * A printer that a person has chosen once is found again without asking.
 */

interface UsbEndpoint {
  endpointNumber: number;
  direction: 'in' | 'out';
}
interface UsbDevice {
  configuration: {
    interfaces: { interfaceNumber: number; alternate: { interfaceClass: number; endpoints: UsbEndpoint[] } }[];
  } | null;
  open(): Promise<void>;
  close(): Promise<void>;
  selectConfiguration(value: number): Promise<void>;
  claimInterface(number: number): Promise<void>;
  transferOut(endpoint: number, data: BufferSource): Promise<{ status: string }>;
}
interface Usb {
  getDevices(): Promise<UsbDevice[]>;
  requestDevice(options: { filters: { classCode: number }[] }): Promise<UsbDevice>;
}
interface SerialPort {
  open(options: { baudRate: number }): Promise<void>;
  close(): Promise<void>;
  writable: WritableStream<Uint8Array> | null;
}
interface Serial {
  getPorts(): Promise<SerialPort[]>;
  requestPort(): Promise<SerialPort>;
}

const PRINTER_CLASS = 7; // of USB
const BAUD = 9600; // what serial receipt printers are set to when they leave the factory
const CHUNK = 4096;

const { usb, serial } = navigator as unknown as { usb?: Usb; serial?: Serial };

export const canUsb = usb !== undefined;
export const canSerial = serial !== undefined;

/** Let a person choose a printer; false if they did not. */
export async function choose(by: 'usb' | 'serial'): Promise<boolean> {
  try {
    if (by === 'usb') await usb?.requestDevice({ filters: [{ classCode: PRINTER_CLASS }] });
    else await serial?.requestPort();
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return false;
    throw error;
  }
}

/** Whether a printer was chosen, now or earlier. */
export async function hasPrinter(): Promise<boolean> {
  return ((await usb?.getDevices()) ?? []).length > 0 || ((await serial?.getPorts()) ?? []).length > 0;
}

/** Send bytes to the printer that was chosen. Throws DOMException if it cannot be reached. */
export async function send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const [device] = (await usb?.getDevices()) ?? [];
  if (device) return sendUsb(device, bytes);
  const [port] = (await serial?.getPorts()) ?? [];
  if (!port) throw new Error('no printer was chosen');
  await port.open({ baudRate: BAUD });
  try {
    const writer = port.writable?.getWriter();
    await writer?.write(bytes);
    await writer?.close();
  } finally {
    await port.close();
  }
}

async function sendUsb(device: UsbDevice, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await device.open();
  try {
    if (!device.configuration) await device.selectConfiguration(1);
    const face = device.configuration?.interfaces.find((one) => one.alternate.interfaceClass === PRINTER_CLASS);
    const out = face?.alternate.endpoints.find((one) => one.direction === 'out');
    if (!face || !out) throw new Error('this USB device is no printer');
    await device.claimInterface(face.interfaceNumber);
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const { status } = await device.transferOut(out.endpointNumber, bytes.subarray(at, at + CHUNK));
      if (status !== 'ok') throw new Error(`the printer answered ${status}`);
    }
  } finally {
    await device.close();
  }
}
