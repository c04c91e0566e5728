/** Barcodes by the camera, where the browser can read them (Chromium on Android and macOS). */

interface Detected {
  rawValue: string;
}
interface Detector {
  detect(source: HTMLVideoElement): Promise<Detected[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

const WANTED = ['ean_13', 'ean_8', 'upc_a', 'upc_e', 'code_128', 'code_39', 'itf', 'qr_code'];
/** The same code is another one of the thing only once it has been out of sight for so long. */
const AWAY_MS = 1_500;

const { BarcodeDetector } = globalThis as unknown as { BarcodeDetector?: DetectorClass };

export const canScan = BarcodeDetector !== undefined && navigator.mediaDevices !== undefined;

/** Tells what comes into sight from what stays there. */
export class Sight {
  #seen = new Map<string, number>();

  /** Of the codes in a picture that was taken at this time (in ms), those that came into it. */
  came(codes: readonly string[], at: number): string[] {
    const fresh = codes.filter((code) => at - (this.#seen.get(code) ?? -AWAY_MS) >= AWAY_MS);
    for (const code of codes) this.#seen.set(code, at);
    return fresh;
  }
}

/** Have the camera on the video, and hear codes until the answer is called. Throws DOMException if there is none, or a person refuses it. */
export async function watch(video: HTMLVideoElement, heard: (code: string) => void): Promise<() => void> {
  if (!BarcodeDetector) throw new Error('this browser reads no barcodes');
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    for (const track of stream.getTracks()) track.stop();
  };
  try {
    const known = await BarcodeDetector.getSupportedFormats();
    const detector = new BarcodeDetector({ formats: WANTED.filter((format) => known.includes(format)) });
    const sight = new Sight();
    video.srcObject = stream;
    await video.play();
    const look = async (): Promise<void> => {
      if (stopped) return;
      const found = await detector.detect(video).catch(() => []); // between two pictures there is none
      if (stopped) return;
      for (const code of sight.came(
        found.map((one) => one.rawValue),
        performance.now(),
      ))
        heard(code);
      setTimeout(look, 100);
    };
    void look();
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}
